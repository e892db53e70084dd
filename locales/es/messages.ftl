# What is sent: mail and SMS.

mail-subject = Iniciar sesión en { $company }
mail-header = Continúe con su inicio de sesión
mail-body = Usted, o alguien que escribió su dirección, pidió a { $company } un enlace para iniciar sesión. Sirve durante { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y una sola vez.
mail-link = Continuar
mail-info-code = O escriba este código en la página donde pidió este correo: { $code }. No se lo dé a nadie. Quien se lo pida por teléfono o en un mensaje es un estafador.
mail-info = No reenvíe este enlace. Quien se lo pida es un estafador.
mail-footer = ¿No lo ha pedido usted? Entonces no haga nada: sin este correo nadie puede entrar.

passkey-mail-subject = Se ha añadido una llave de acceso a su cuenta de { $company }
passkey-mail-header = Se ha añadido una llave de acceso
passkey-mail-body = El { $time } se añadió una llave de acceso a su cuenta de { $company }. Quien pueda desbloquear el dispositivo en el que se creó, u otro con el mismo gestor de contraseñas, puede iniciar sesión con ella.
passkey-mail-yours = ¿Ha sido usted? Entonces no tiene que hacer nada.
passkey-mail-not-yours = ¿No ha sido usted? Si hay alguien al teléfono, cuelgue. Después llame de inmediato: { $number }. Pida que se elimine la llave de acceso.
passkey-mail-footer = Este correo no contiene ningún enlace a propósito. No inicie sesión con un enlace de un correo que diga lo mismo.

sms-request = { $company }: abra solo si ya habla con nosotros:
