# What is sent: mail and SMS.

mail-subject = Iniciar sesión en { $company }
mail-header = Continúe con su inicio de sesión
mail-body = Usted, o alguien que escribió su dirección, pidió a { $company } un enlace para iniciar sesión. Sirve durante { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y una sola vez.
mail-link = Continuar
mail-info-code = O escriba este código en la página que lo pide: { $code }. Nadie le pedirá nunca este código, ni por teléfono ni en un mensaje. No se lo lea a nadie.
mail-info = Nadie le pedirá nunca este enlace. No se lo envíe a nadie.
mail-footer = ¿No lo ha pedido usted? Entonces no haga nada: sin este correo nadie puede entrar.

passkey-mail-subject = Se ha añadido una llave de acceso a su cuenta de { $company }
passkey-mail-header = Se ha añadido una llave de acceso
passkey-mail-body = El { $time } se añadió una llave de acceso a su cuenta de { $company }. Quien tenga el dispositivo en el que se creó puede iniciar sesión en él con el rostro, la huella o el bloqueo de pantalla.
passkey-mail-yours = ¿Ha sido usted? Entonces no tiene que hacer nada.
passkey-mail-not-yours = ¿No ha sido usted? Entonces llame de inmediato y pida que se elimine la llave de acceso: { $number }. Si alguien le dijo por teléfono que la añadiera, cuelgue primero.
passkey-mail-footer = Este correo no contiene ningún enlace a propósito. No inicie sesión con un enlace de un correo que diga lo mismo.

sms-request = { $company }: abra solo si habla con nosotros:
