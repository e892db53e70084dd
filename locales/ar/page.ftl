# The pages that a customer meets. locales/en says what each message is for.

## Every page

language-label = اللغة
footer-help = مساعدة
footer-privacy = الخصوصية
footer-call = اتصل على { $phone }
call-number-unknown = الرقم المكتوب على بطاقتك أو في عقدك
title-with-company = { $title } – { $company }
title-with-error = خطأ: { $title }
request-id = إذا احتجت إلى مساعدة فاذكر { $id }
error-summary = هناك مشكلة
close-page = يمكنك إغلاق هذه الصفحة.

## The reference

reference-label = الرقم المرجعي الذي وصل مع الرابط
    .without-links = الرقم المرجعي لهذا الطلب
reference-check = يجب أن يقرأه لك الموظف أولًا.
reference-none = لم يصل مع الرابط رقم مرجعي. تابع فقط إذا اتصلت أنت بـ { $company } أو كنت في أحد الفروع.
    .without-links = ليس لهذا الطلب رقم مرجعي. تابع فقط إذا اتصلت أنت بـ { $company } أو كنت في أحد الفروع.
reference-picked = يقرأ لك الموظف رقمًا مرجعيًا. ستختاره بعد تسجيل الدخول.
reference-known-label = الرقم المرجعي لهذا الطلب
reference-known-none = ليس لهذا الطلب رقم مرجعي. تابع فقط إذا اتصلت أنت بـ { $company } أو كنت في أحد الفروع.
reference-client = الجهة التي تطلب: { $client }.
contact-unknown = هل اتصل بك أحد بخصوص هذا؟
contact-unexpected = لم تكن تتوقع هذه المكالمة؟
contact-hang-up = أنهِ المكالمة واتصل بنفسك بـ { $company }: { $number }.
contact-customer-called = يقول الموظف: أنت اتصلت بـ { $company }.
contact-customer-called-check = هل اتصل بك أحد؟ هذا احتيال. أنهِ المكالمة.
contact-company-called = يقول الموظف: الاتصال جاء من { $company }.
contact-branch = يقول الموظف: أنت في أحد الفروع.
contact-branch-check = هل أنت على الهاتف؟ هذا احتيال. أنهِ المكالمة.

## Time

time-left = يُرجى الرد خلال { $minutes ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
  } من فتح هذه الصفحة.
time-nearly-over = بقي للرد أقل من دقيقة.
time-over = انتهى وقت الرد. اطلب من الموظف رابطًا جديدًا.
    .without-links = انتهى وقت الرد. اطلب من الموظف رمزًا جديدًا.

## The request

request-title = موظف يطلب الوصول إلى حسابك
request-title-identity = موظف يطلب منك تأكيد أنك صاحب الحساب
sign-in-promise = تسجيل الدخول لا يسمح بشيء بعد. القرار لك في الصفحة التالية.
sign-in-more = طرق أخرى لتسجيل الدخول
passkey-continue = استخدم مفتاح المرور
passkey-asks = سيطلب هاتفك بعد ذلك الوجه أو البصمة أو قفل الشاشة.
passkey-elsewhere = هل ترى رمز QR؟ إذن لا يوجد مفتاح مرور لنا على هذا الهاتف. أغلقه واختر طريقة أخرى.
passkey-asking = بانتظار جهازك…
passkey-away = لا يعمل الوجه أو البصمة أو قفل الشاشة هنا في الوقت الحالي. لم يُسمح بأي شيء. اختر طريقة أخرى.
passkey-not-stopped = لم يُرفض هذا بعد. ما زال الطلب مفتوحًا.
passkey-stop-otherwise = الرفض دون مفتاح المرور
mail-address-label = بريدك الإلكتروني
mail-send = أرسل لي رابطًا
    .without-links = أرسل لي رمزًا
mail-known = يمكننا إرسال رابط إلى { $address }.
    .without-links = يمكننا إرسال رمز إلى { $address }.
mail-another-address = بريد إلكتروني آخر
mail-address-invalid = اكتب بريدًا إلكترونيًا مثل name@example.com
social-continue = المتابعة باستخدام { $provider }
not-on-a-call-link = لديك شك؟ توقف هنا
embedded-browser-title = بعض الأشياء لا تعمل في هذه النافذة
embedded-browser-text = فتحت الرابط داخل تطبيق آخر. بعض طرق تسجيل الدخول لا تعمل هنا.
    .without-links = هذه الصفحة مفتوحة داخل تطبيق آخر. بعض طرق تسجيل الدخول لا تعمل هنا.
embedded-browser-open = المتابعة في متصفحك
notice-sign-in-failed = لم ينجح ذلك، ولم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-cancelled = أُوقف تسجيل الدخول. لم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-denied = أُوقف تسجيل الدخول، أو أن ذلك الحساب غير مرتبط بحسابك هنا. لم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-expired = سجّل الدخول مرة أخرى للمتابعة.
notice-passkey-changed = تغيّر مفتاح المرور هذا ولم يعد صالحًا هنا. لم يُسمح بأي شيء. سجّل الدخول بطريقة أخرى.

## The first page: the code that an agent reads out

code-title = اكتب الرمز الذي يقرؤه لك الموظف
code-label = الرمز من الموظف
code-hint = ثمانية حروف وأرقام. المسافات والشرطات لا تهم.
code-never-links = لا نرسل روابط أبدًا. أي رسالة فيها رابط ليست منا.
code-wrong = هذا الرمز لا يعمل.
code-wrong-next = إنه خاطئ أو مستخدم من قبل أو قديم. اطلب من الموظف أن يقرأه مرة أخرى أو رمزًا جديدًا.

## Mail

mail-sent-title = افتح بريدك
mail-sent-lead = إذا كان { $address } لأحد عملاء { $company } فهناك رسالة في الطريق إليه.
mail-known-lead = هناك رسالة في الطريق إلى { $address }.
mail-late-lead = إذا كان { $address } لأحد عملاء { $company } فستصل رسالة. الرسالة متأخرة: لم نتمكن من إرسالها بعد ونواصل المحاولة. يمكنك الانتظار أو اختيار طريقة أخرى أدناه.
mail-sent-next = افتح الرابط الموجود فيها، على هذا الهاتف أو على جهاز آخر. يُسجَّل الدخول فقط على الشاشة التي تفتح الرابط.
    .without-links = تحتوي الرسالة على رمز. لا نرسل روابط أبدًا.
mail-code-heading = أو اكتب هنا رمز التحقق الموجود في رسالة البريد
    .without-links = اكتب هنا رمز التحقق الموجود في رسالة البريد
mail-code-label = رمز التحقق الموجود في رسالة البريد
mail-code-hint = يمكنك لصقه. المسافات والشرطات لا تهم.
mail-code-continue = متابعة
mail-code-secret = اكتبه في هذه الصفحة فقط. كل من يطلبه منك على الهاتف أو في رسالة محتال.
mail-code-wrong = هذا الرمز خاطئ أو قديم. تحقق منه أو اطلب رسالة أخرى.
mail-not-arrived = لم تصل الرسالة بعد؟
mail-not-arrived-text = قد يستغرق ذلك دقيقة. انظر أيضًا في مجلد الرسائل غير المرغوب فيها.
mail-send-again = أرسل رسالة أخرى
mail-sent-again = هناك رسالة أخرى في الطريق إذا كان العنوان لأحد العملاء.
mail-other-address = استخدم عنوانًا آخر أو طريقة أخرى
mail-other-way = استخدم طريقة أخرى
mail-done-elsewhere = أجبت على شاشة أخرى
mail-progress-here = تم تسجيل دخولك.
mail-progress-decide = متابعة
mail-progress-elsewhere = تم تسجيل الدخول على شاشة أخرى. تابع هناك.
mail-progress-done = أُجيب عن هذا الطلب.
mail-progress-outcome = عرض الجواب

mail-continue-title = المتابعة إلى الطلب
mail-continue-lead = فتحت الرابط الموجود في رسالتنا. تابع لتسجيل الدخول على هذه الشاشة ولترى ما يطلبه الموظف.
mail-continue-nothing-yet = هذا لا يسمح بشيء بعد. القرار لك في الصفحة التالية.
mail-continue-button = متابعة
mail-continue-button-as = المتابعة باسم { $address }
mail-pick-title = ما الرقم المرجعي الذي أعطاك إياه الموظف؟
mail-pick-hint = اختر الرقم المرجعي الذي يذكره لك الموظف. إذا كنت لا تتحدث مع موظف فأغلق هذه الصفحة.
mail-pick-missing = اختر رقمًا مرجعيًا
mail-pick-none = لا شيء منها، أو لم يذكر لي أحد رقمًا مرجعيًا
pick-none = لا شيء منها
mail-type-title = اكتب رمز التحقق الموجود في رسالة البريد
mail-type-lead = فتحت الرابط على شاشة غير التي طلبته. اكتب رمز التحقق الموجود في رسالة البريد نفسها. إذا لم تطلب هذه الرسالة فأغلق الصفحة.

## The decision

decision-title = هل تسمح لهذا الموظف بالوصول إلى حسابك؟
decision-title-identity = هل تؤكد لهذا الموظف أنك صاحب الحساب؟
decision-what = وعندها يمكن لموظف لدى { $company }
decision-signed-in-as = مسجّل الدخول باسم { $account }
decision-answers-as = تجيب باسم { $account }
decision-answers-by-mail = بريدنا الإلكتروني يسجّل دخولك باسم { $account }
decision-signed-in-by-mail = مسجّل الدخول ببريدنا الإلكتروني باسم { $account }
decision-switch = لست أنت؟
decision-question = هل قرأ لك الموظف هذا الرقم المرجعي؟
decision-question-no-reference = هل تتحدث الآن مع موظف من { $company }؟
decision-allow = نعم، أسمح
decision-deny = لا، أرفض
decision-slow = الاتصال بطيء. أبقِ هذه الصفحة مفتوحة. يمكنك الضغط مرة أخرى: لن يُحسب إلا مرة واحدة.
ability-openid = التأكد من أنه يتحدث معك
ability-profile = رؤية اسمك وملفك الشخصي
ability-email = رؤية بريدك الإلكتروني
ability-phone = رؤية رقم هاتفك
ability-address = رؤية عنوانك البريدي
ability-offline-access = الاحتفاظ بهذا الوصول بعد المحادثة إلى أن يُلغى
ability-other = استخدام ما يُسمى لدى { $company } «{ $scope }»
ability-unstated = التصرف في حسابك نيابة عنك بقدر المسموح به لموظفي { $company }

not-on-a-call-title = ألا تتحدث مع موظف، أو لديك شك؟
not-on-a-call-lead = إذن ربما يحاول أحد الدخول إلى حسابك. لا تسمح بأي شيء.
not-on-a-call-stop = ارفض هذا الطلب
not-on-a-call-report-lead = لا تسمح بأي شيء. ربما يحاول أحد الدخول إلى حسابك.
not-on-a-call-report = أبلغ عن هذا الطلب
not-on-a-call-back = رجوع، أنا أتحدث مع موظف
advice-heading = ماذا تفعل الآن
advice-hang-up = إذا كان أحد على الهاتف فأنهِ المكالمة.
advice-call = اتصل بنفسك بـ { $company }: { $number }.
advice-never = لا تعطِ رمزًا لأحد أبدًا، ولا ترسل الرابط إلى أحد.
    .without-links = لا تعطِ رمزًا لأحد أبدًا. لا نرسل روابط أبدًا.

## Outcomes

allowed-title = تم السماح
allowed-lead = وصل تأكيد إجابتك من { $company }. يمكن للموظف الآن مساعدتك.
allowed-next = هل غيّرت رأيك أو تشك فيمن تتحدث معه؟ اتصل فورًا بـ { $company }: { $number }.
allowed-before-lead = سُمح بهذا من قبل. اتصل بـ { $company } فورًا: { $number }.
stopped-title = تم الرفض
stopped-lead = وصل تأكيد إجابتك من { $company }. لن يحصل الموظف على حق الوصول بهذا الطلب.
stopped-next = إذا لم تكن تتوقع هذا فاتصل: { $number }.
picked-wrong = الرقم المرجعي الذي اختير ليس رقم هذا الطلب. لم يُسمح بأي شيء.
picked-wrong-again = هل اختير عن طريق الخطأ؟ اطلب من الموظف أن يبدأ من جديد.
picked-wrong-doubt = هل هذا هو الرقم الذي قرأه لك الموظف؟ أنهِ المكالمة واتصل بنفسك بـ { $company }: { $number }.
picked-wrong-unsent = لم يصل هذا إلى { $company } بعد.
picked-wrong-unknown = أُرسل هذا إلى { $company } ولم يصل تأكيد.
reported-title = تم الإبلاغ
reported-lead = شكرًا لك. سجّلنا أنك لا تتحدث مع موظف. لم يُسمح بأي شيء على هذه الشاشة.
reported-next = لا تسجّل الدخول بهذا الرابط مهما قيل لك. سيتوقف الرابط عن العمل تلقائيًا.
    .without-links = لا تسجّل الدخول لهذا الطلب مهما قيل لك. سيتوقف عن العمل تلقائيًا.
reported-mistake = هل أبلغت عن طريق الخطأ؟ اطلب رابطًا جديدًا.
    .without-links = هل أبلغت عن طريق الخطأ؟ اطلب رمزًا جديدًا.
reported-before = أُبلغ عن هذا الرابط. تابع فقط إذا كنت أنت من اتصل.
    .without-links = أُبلغ عن هذا الطلب. تابع فقط إذا كنت أنت من اتصل.
decided-elsewhere-waiting-title = لا توجد إجابة بعد
decided-elsewhere-waiting-lead = ليست لدينا إجابة عن هذا الطلب بعد. أجب على الشاشة التي سجّلت الدخول عليها، ثم تحقق مرة أخرى.
look-again = تحقق مرة أخرى
asking-title = جارٍ إرسال إجابتك إلى { $company }
asking-lead = إجابتك في الطريق. تحقق مرة أخرى بعد بضع ثوانٍ.
asking-next = أبقِ هذه الصفحة مفتوحة حتى ذلك الحين من فضلك.
unsent-approve-lead = أجبت «نعم، أسمح». لم تصل الإجابة إلى { $company } بعد.
unsent-deny-lead = أجبت «لا، أرفض». لم تصل الإجابة إلى { $company } بعد.
unsent-next = نحن نواصل المحاولة. يمكنك أيضًا إرسالها الآن.
unknown-title = لا نعرف بعد هل نجح ذلك
unknown-approve-lead = أجبت «نعم، أسمح». أُرسلت الإجابة إلى { $company } ولم يصل تأكيد.
unknown-deny-lead = أجبت «لا، أرفض». أُرسلت الإجابة إلى { $company } ولم يصل تأكيد.
unknown-next = أرسل الإجابة نفسها مرة أخرى. لن تُحسب إلا مرة واحدة.
unknown-send-again = أرسلها مرة أخرى
unknown-call = إذا كنت تشك فيمن تتحدث معه فاتصل بـ { $company }: { $number }.
unclear-title = لم نتمكن من تأكيد إجابتك
unclear-approve-lead = أجبت «نعم، أسمح». أُرسلت الإجابة ولم نتمكن من الحصول على تأكيد.
unclear-approve-next = اسأل الموظف عمّا يراه، أو اتصل: { $number }.
unclear-deny-lead = أجبت «لا، أرفض». أُرسلت الإجابة ولم نتمكن من الحصول على تأكيد.
unclear-deny-next = اتصل واسأل هل سُمح بأي شيء: { $number }.
passkey-offer-title = في المرة القادمة، استخدم وجهك أو بصمتك
passkey-offer-text = أضف مفتاح مرور إلى هذا الجهاز ولن تحتاج إلى رسالة.
passkey-offer-add = إضافة مفتاح مرور
passkey-added-title = أُضيف مفتاح المرور
passkey-added-lead = يمكنك في المرة القادمة استخدام الوجه أو البصمة أو قفل الشاشة.
passkey-not-added = لم يُضَف مفتاح المرور. تبقى إجابتك كما هي.
passkey-exists = يوجد مفتاح مرور لهذا الحساب على هذا الجهاز بالفعل. يمكنك استخدامه في المرة القادمة.

## In another browser

elsewhere-title = المتابعة في متصفحك
elsewhere-lead = انسخ هذا العنوان وافتحه في المتصفح الذي تستخدمه عادة. يصلح لخمس دقائق ولمرة واحدة فقط. لا ترسله إلى أحد.
elsewhere-address = العنوان المراد نسخه
elsewhere-copy = نسخ العنوان
elsewhere-copied = نُسخ العنوان.
elsewhere-open = فتح في المتصفح
elsewhere-open-plain = إذا لم يحدث شيء فاستخدم هذا الرابط
elsewhere-continue-title = المتابعة إلى الطلب
elsewhere-continue-lead = أحضرت طلبًا من نافذة أخرى. تابع لتراه هنا.

## Problems: what happened, and what to do

problem-link-malformed = هذا الرابط غير كامل
problem-link-malformed-what = جزء من العنوان مفقود أو تم تغييره.
problem-link-malformed-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك. إذا لم ينفع ذلك فاطلب من الموظف رابطًا جديدًا.
problem-request-unknown = لا نجد هذا الطلب
problem-request-unknown-what = فُتح في متصفح آخر، أو انتهى وقته، أو هذا المتصفح لا يحفظ ملفات تعريف الارتباط.
problem-request-unknown-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك، في متصفحك المعتاد ومع السماح بملفات تعريف الارتباط. إذا لم ينفع ذلك فاطلب من الموظف رابطًا جديدًا.
    .without-links = اكتب الرمز مرة أخرى في صفحتنا الأولى، في متصفحك المعتاد ومع السماح بملفات تعريف الارتباط. إذا لم ينفع ذلك فاطلب من الموظف رمزًا جديدًا.
problem-request-expired = انتهى الوقت
problem-request-expired-what = لم تتم الإجابة عن هذا الطلب في الوقت المحدد. لم يُسمح بأي شيء.
problem-request-expired-next = اطلب من الموظف رابطًا جديدًا.
    .without-links = اطلب من الموظف رمزًا جديدًا.
problem-withdrawn = سُحب الطلب
problem-withdrawn-what = سحب الموظف هذا الطلب. لم يُسمح بأي شيء.
problem-withdrawn-next = لا داعي لفعل أي شيء. إذا كان الموظف لا يزال بحاجة إلى جوابك فسيرسل رابطًا جديدًا.
    .without-links = لا داعي لفعل أي شيء. إذا كان الموظف لا يزال بحاجة إلى جوابك فسيعطيك رمزًا جديدًا.
problem-already-decided = تمت الإجابة عن هذا الطلب
problem-already-decided-what = سُمح به أو رُفض من قبل، ولا يمكن تغييره هنا.
problem-already-decided-next = إذا لم تكن أنت من فعل ذلك فاتصل: { $number }.
problem-not-accepted = لم تُقبل إجابتك
problem-not-accepted-what = ربما انتهت صلاحية الطلب، أو أُجيب عنه من قبل، أو كان مخصصًا لحساب آخر، أو كان رابطه غير كامل.
    .without-links = ربما انتهت صلاحية الطلب، أو أُجيب عنه من قبل، أو كان مخصصًا لحساب آخر.
problem-not-accepted-next = اسأل الموظف عمّا يظهر لديه، واطلب رابطًا جديدًا إذا لزم الأمر.
    .without-links = اسأل الموظف عمّا يظهر لديه، واطلب رمزًا جديدًا إذا لزم الأمر.
problem-wrong-account = هذا الطلب لحساب آخر
problem-wrong-account-what = الحساب الذي سجّلت الدخول إليه ليس الحساب الذي طلبه الموظف. لم يُسمح به بأي شيء.
problem-wrong-account-next = سجّل الدخول إلى الحساب الصحيح أو أخبر الموظف.
problem-message-mismatch = تم تغيير هذا الرابط
problem-message-mismatch-what = رقمه المرجعي ليس الرقم الذي لدى الموظف. لم يُسمح به بأي شيء.
problem-message-mismatch-next = لا تتابع. أنهِ المكالمة واتصل بنفسك بـ { $company }: { $number }.
problem-provider-unreachable = لا يمكننا الاتصال الآن
problem-provider-unreachable-what = لم تستجب خدمة نحتاج إليها. لم يُسمح بأي شيء.
problem-provider-unreachable-next = انتظر لحظة وحاول مرة أخرى.
problem-outcome-unknown = لم نتمكن من تأكيد الإجابة
problem-outcome-unknown-what = تمت الإجابة عن هذا الطلب. أُرسلت الإجابة ولم يصل تأكيد قبل انتهاء الوقت.
problem-outcome-unknown-next = اتصل واسأل هل سُمح بأي شيء: { $number }.
problem-sign-in-required = سجّل الدخول مرة أخرى
problem-sign-in-required-what = انتهى تسجيل دخولك لحمايتك.
problem-sign-in-required-next = ارجع إلى الطلب وسجّل الدخول.
problem-sign-in-failed = لم ينجح ذلك
problem-sign-in-failed-what = لم نتمكن من تسجيل دخولك. لم يُسمح بأي شيء.
problem-sign-in-failed-next = ارجع إلى الطلب وحاول مرة أخرى أو اختر طريقة أخرى.
problem-mail-link-spent = هذه الرسالة قديمة
problem-mail-link-spent-what = استُخدم رابطها من قبل، أو اختير معه رقم مرجعي خاطئ، أو حلّت محلها رسالة أحدث، أو انتهى وقته.
    .without-links = استُخدم رمزها من قبل، أو حلّت محلها رسالة أحدث، أو انتهى وقته.
problem-mail-link-spent-next = ارجع إلى الصفحة التي طلبت منها الرسالة. اكتب هناك الرمز الموجود في الرسالة، أو اطلب رسالة أخرى.
problem-wrong-reference = هذا ليس الرقم المرجعي لدى الموظف
problem-wrong-reference-what = انتهى هذا الرابط على هذه الشاشة ولم يُسمح به بأي شيء.
problem-wrong-reference-next = إذا لم يذكر لك أحد رقمًا مرجعيًا فأنهِ المكالمة. إذا كنت أنت من طلب هذه الرسالة فارجع إلى الصفحة التي طلبتها منها. افتح الرابط هناك، أو اكتب الرمز الموجود في الرسالة، أو اطلب رسالة أخرى.
problem-code-wrong = هذا الرمز لا يعمل
problem-code-wrong-what = الرمز خاطئ أو قديم. لم يُسمح بأي شيء.
problem-code-wrong-next = تحقق من الرمز في أحدث رسالة أو اطلب رسالة أخرى.
problem-too-many-tries = محاولات كثيرة
problem-too-many-tries-what = نتوقف قليلًا لحماية حسابك.
problem-too-many-tries-next = انتظر بضع دقائق وحاول مرة أخرى. إذا كنت مستعجلًا فأخبر الموظف.
problem-too-many-tries-wait = انتظر { $seconds ->
    [zero] لحظة
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $seconds } ثوانٍ
    [many] { $seconds } ثانية
   *[other] { $seconds } ثانية
  } وحاول مرة أخرى. إذا كنت مستعجلًا فأخبر الموظف.
problem-too-many-tries-wait-minutes = انتظر { $minutes ->
    [zero] لحظة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
  } وحاول مرة أخرى. إذا كنت مستعجلًا فأخبر الموظف.
problem-cross-site = هذا لم يأتِ من صفحتنا
problem-cross-site-what = ضُغط الزر في موقع آخر، لذلك لم نفعل شيئًا.
problem-cross-site-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك.
    .without-links = اكتب في صفحتنا الأولى الرمز الذي يقرؤه لك الموظف.
problem-page-unknown = هذه الصفحة غير موجودة
problem-page-unknown-what = العنوان خاطئ أو أن الصفحة لم تعد موجودة.
problem-page-unknown-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك.
    .without-links = اكتب في صفحتنا الأولى الرمز الذي يقرؤه لك الموظف.
problem-method-not-allowed = لا يمكن فتح هذه الصفحة بهذه الطريقة
problem-method-not-allowed-what = عنوانها يخصّ زرًّا في إحدى صفحاتنا. لم يحدث شيء.
problem-method-not-allowed-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك، ثم اضغط على الزر هناك.
    .without-links = اكتب في صفحتنا الأولى الرمز الذي يقرؤه لك الموظف.
problem-content-too-large = كان ذلك طويلًا جدًا
problem-content-too-large-what = أُرسل نص أطول مما تقبله هذه الصفحة. لم يحدث شيء.
problem-content-too-large-next = ارجع وحاول مرة أخرى بنص أقصر.
problem-form-malformed = لم نتمكن من قراءة ذلك
problem-form-malformed-what = جزء مما أرسله متصفحك مفقود أو تم تغييره. لم يحدث شيء.
problem-form-malformed-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك.
    .without-links = اكتب في صفحتنا الأولى الرمز الذي يقرؤه لك الموظف.
problem-internal = حدث خطأ من جانبنا
problem-internal-what = لم نتمكن من إكمال هذا. الخطأ منا وليس منك.
problem-internal-next = انتظر لحظة وحاول مرة أخرى أو أخبر الموظف.
problem-back = الرجوع إلى الطلب
problem-switch = تسجيل الدخول إلى حساب آخر
problem-again = حاول مرة أخرى

## The embedded provider's own pages: choosing where to sign in, and signing out.

provider-choose-title = أين تريد تسجيل الدخول؟
provider-choose-text = اختر الحساب الذي تستخدمه مع { $company }.
provider-choose-cancel = إلغاء
provider-logout-title = هل تريد تسجيل الخروج؟
provider-logout-text = ستعود بعد ذلك إلى الصفحة التي جئت منها.
provider-logout-button = تسجيل الخروج
provider-logout-done = تم تسجيل خروجك
provider-logout-close = يمكنك إغلاق هذه الصفحة.
provider-logout-refused = تعذّر تسجيل خروجك
provider-logout-refused-text = أخطأت الصفحة التي أرسلتك إلى هنا. ارجع إليها وسجّل الخروج من هناك.
